// What Slack's Web API answers, from the types of @slack/web-api, as JSON Schema for the tests:
//   npm ci && node schema.mjs > ../../tests/contract/slack-web-api.json
// Objects are closed. What the bot sends itself (blocks, attachments) is judged by tests/block_kit.

import ts from "typescript";

const METHODS = `
  auth.test apps.connections.open
  chat.postMessage chat.update chat.postEphemeral chat.getPermalink chat.delete
  conversations.info conversations.join conversations.open conversations.history
  conversations.replies conversations.members
  users.info users.conversations
  views.open views.update views.push views.publish
  files.info files.getUploadURLExternal files.completeUploadExternal
`.trim().split(/\s+/);
const SENT_BY_US = ["blocks", "attachments"];
const OPTIONS = {
  strict: true,
  skipLibCheck: true,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: [],
};

const typeName = (method) =>
  method.split(".").map((word) => word[0].toUpperCase() + word.slice(1)).join("") + "Response";

function program() {
  const lines = METHODS.map((m) => `export type ${typeName(m)} = web.${typeName(m)};`);
  const source = ['import type * as web from "@slack/web-api";', ...lines].join("\n");
  const host = ts.createCompilerHost(OPTIONS);
  const onDisk = host.getSourceFile.bind(host);
  host.getSourceFile = (name, version) =>
    name === "in.ts" ? ts.createSourceFile(name, source, version, true) : onDisk(name, version);
  const made = ts.createProgram(["in.ts"], OPTIONS, host);
  const faults = ts.getPreEmitDiagnostics(made);
  if (faults.length) throw new Error(ts.flattenDiagnosticMessageText(faults[0].messageText, "\n"));
  return made;
}

const made = program();
const checker = made.getTypeChecker();
const defs = {};
const names = new Map();

function schema(type) {
  const { flags } = type;
  if (flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return {};
  if (flags & ts.TypeFlags.BooleanLike) return { type: "boolean" };
  if (type.isUnion()) return union(type.types);
  if (type.isLiteral()) return { const: type.value };
  if (flags & ts.TypeFlags.StringLike) return { type: "string" };
  if (flags & ts.TypeFlags.NumberLike) return { type: "number" };
  if (flags & ts.TypeFlags.Null) return { type: "null" };
  if (checker.isArrayType(type))
    return { type: "array", items: schema(checker.getTypeArguments(type)[0]) };
  // A field of one method and of every answer: an array of both is an array of the first.
  const array = type.isIntersection() && type.types.find((one) => checker.isArrayType(one));
  return array ? schema(array) : { $ref: `#/$defs/${object(type)}` };
}

function union(types) {
  const told = types.filter((one) => !(one.flags & ts.TypeFlags.Undefined)).map(schema);
  const kinds = [...new Set(told.map((one) => JSON.stringify(one)))].map((one) => JSON.parse(one));
  return kinds.length === 1 ? kinds[0] : { anyOf: kinds };
}

function object(type) {
  if (names.has(type)) return names.get(type);
  const wanted = type.aliasSymbol?.name ?? type.symbol?.name ?? "Both";
  let name = wanted;
  for (let n = 2; name in defs; n++) name = `${wanted}${n}`;
  names.set(type, name);
  defs[name] = {};
  const properties = {};
  for (const one of checker.getPropertiesOfType(type))
    properties[one.name] = SENT_BY_US.includes(one.name)
      ? { type: "array" }
      : schema(checker.getTypeOfSymbol(one));
  const more = name.endsWith("Response") ? undefined : checker.getIndexTypeOfType(type, 0);
  // The types are made from samples: one without any field stands for "an object of somebody's".
  const open = Object.keys(properties).length === 0;
  defs[name] = open
    ? { type: "object" }
    : { type: "object", properties, additionalProperties: more ? schema(more) : false };
  return name;
}

const module_ = checker.getSymbolAtLocation(made.getSourceFile("in.ts"));
const methods = {};
for (const symbol of checker.getExportsOfModule(module_)) {
  const method = METHODS.find((one) => typeName(one) === symbol.name);
  methods[method] = schema(checker.getDeclaredTypeOfSymbol(symbol));
}
const source = "@slack/web-api 8.2.0, MIT licence; made by tools/slack_types/schema.mjs";
console.log(JSON.stringify({ source, methods, $defs: defs }, null, 0).replaceAll('"},"', '"},\n"'));
