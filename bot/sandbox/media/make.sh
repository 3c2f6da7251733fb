#!/bin/sh
# Makes the sample files of this folder anew: logo.png, thumbnail.png, landscape.mp4, portrait.mp4,
# brief.pdf and captions.srt. Everything is drawn here, nothing is taken from elsewhere.
# Needs ffmpeg (with librsvg, libx264 and aac), python3 and a sans-serif font such as DejaVu Sans.
# Run it from any folder: sh bot/sandbox/media/make.sh
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
SECONDS_LONG=4

quiet() { ffmpeg -nostdin -hide_banner -loglevel error -y "$@"; }

# The leaf of the invented company Fernleaf, in a box of 100 x 100.
LEAF='<path d="M50 8 C84 26 88 66 50 92 C12 66 16 26 50 8 Z" fill="#f4f1e6"/>
<path d="M50 20 V86 M50 44 L68 33 M50 44 L32 33 M50 60 L70 48 M50 60 L30 48 M50 75 L64 66 M50 75 L36 66"
 fill="none" stroke="#1f6f5c" stroke-width="3.4" stroke-linecap="round"/>'

cat > "$work/logo.svg" <<SVG
<svg xmlns="http://www.w3.org/2000/svg" width="320" height="320" viewBox="0 0 320 320">
<rect x="12" y="12" width="296" height="296" rx="64" fill="#1f6f5c"/>
<g transform="translate(85 40) scale(1.5)">$LEAF</g>
<text x="160" y="258" font-family="sans-serif" font-weight="bold" font-size="40"
 text-anchor="middle" fill="#f4f1e6">fernleaf</text></svg>
SVG
quiet -i "$work/logo.svg" -frames:v 1 -compression_level 9 -pred mixed logo.png

# background NAME WIDTH HEIGHT: the still part of a video, drawn around its centre
background() {
  cx=$(($2 / 2)) cy=$(($3 / 2))
  cat > "$work/$1.svg" <<SVG
<svg xmlns="http://www.w3.org/2000/svg" width="$2" height="$3">
<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">
<stop offset="0" stop-color="#17473d"/><stop offset="1" stop-color="#2f8f76"/></linearGradient></defs>
<rect width="$2" height="$3" fill="url(#sky)"/>
<g transform="translate($((cx - 50)) $((cy - 128)))">$LEAF</g>
<text x="$cx" y="$((cy + 22))" font-family="sans-serif" font-weight="bold" font-size="34"
 text-anchor="middle" fill="#f4f1e6">Sample video</text>
<text x="$cx" y="$((cy + 54))" font-family="sans-serif" font-size="18"
 text-anchor="middle" fill="#cfe5dc">made by the sandbox, not by HeyGen</text>
<rect x="$((cx - 140))" y="$((cy + 88))" width="280" height="10" rx="5" fill="#123a32"/></svg>
SVG
  quiet -i "$work/$1.svg" -frames:v 1 "$work/$1.png"
}

# video NAME WIDTH HEIGHT: a bar that fills and a ball that rolls along it, with a quiet tone
video() {
  background "$1" "$2" "$3"
  left=$(($2 / 2 - 140)) top=$(($3 / 2 + 88))
  quiet -loop 1 -framerate 25 -i "$work/$1.png" -loop 1 -framerate 25 -i "$work/ball.png" \
    -f lavfi -i "color=#f2b84b:size=280x10:rate=25" \
    -f lavfi -i "sine=frequency=220:sample_rate=44100" \
    -filter_complex "[0][2]overlay=x='$left-280+280*t/$SECONDS_LONG':y=$top[bar];
      [0]crop=$left:10:0:$top[cover];[bar][cover]overlay=x=0:y=$top[filled];
      [filled][1]overlay=x='$left-13+280*t/$SECONDS_LONG':y='$top-8-18*abs(sin(4*t))'[v];
      [3]volume=0.04,afade=in:d=0.4,afade=out:st=3.4:d=0.6[a]" \
    -map "[v]" -map "[a]" -t $SECONDS_LONG -c:v libx264 -preset veryslow -crf 28 -pix_fmt yuv420p \
    -c:a aac -b:a 32k -ac 1 -map_metadata -1 -fflags +bitexact -flags:v +bitexact \
    -flags:a +bitexact -movflags +faststart "$1.mp4"
}

cat > "$work/ball.svg" <<SVG
<svg xmlns="http://www.w3.org/2000/svg" width="26" height="26"><circle cx="13" cy="13" r="12"
 fill="#f2b84b" stroke="#f4f1e6" stroke-width="2"/></svg>
SVG
quiet -i "$work/ball.svg" -frames:v 1 "$work/ball.png"
video landscape 640 360
video portrait 360 640
quiet -ss 2 -i landscape.mp4 -frames:v 1 -vf scale=320:180 -compression_level 9 -pred mixed thumbnail.png

cat > captions.srt <<'SRT'
1
00:00:00,000 --> 00:00:02,000
This is a sample video.

2
00:00:02,000 --> 00:00:04,000
The sandbox made it; HeyGen was not asked.
SRT

python3 - <<'PY'
"""Writes brief.pdf, one page, with a correct cross-reference table."""
lines = [
    (24, "Product brief: Fernleaf kettle"),
    (12, "For whom: people who make tea at a desk and forget the kettle."),
    (12, "What it is: a half-litre kettle that keeps 80 degrees for an hour."),
    (12, "Why it matters: one cup of water is heated, not a whole litre."),
    (12, "Three things to show:"),
    (12, "  1. It fits beside a keyboard: 11 cm wide."),
    (12, "  2. It heats one cup in 70 seconds."),
    (12, "  3. It uses 40 % less energy than our former model."),
    (12, "Tone: calm and friendly. Closing line: Tea, when you remember it."),
    (9, "Fernleaf is an invented company."),
]
text = ["BT", "60 770 Td"]
for size, line in lines:
    text += [f"/F1 {size} Tf", f"({line}) Tj", f"0 -{size + 16} Td"]
stream = "\n".join([*text, "ET"]).encode()
objects = [
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
    b" /Resources << /Font << /F1 5 0 R >> >> >>",
    b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
]
pdf, starts = b"%PDF-1.4\n", []
for number, body in enumerate(objects, 1):
    starts.append(len(pdf))
    pdf += b"%d 0 obj\n%s\nendobj\n" % (number, body)
table = b"".join(b"%010d 00000 n \n" % start for start in starts)
pdf += b"xref\n0 6\n0000000000 65535 f \n" + table + (
    b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(pdf)
)
with open("brief.pdf", "wb") as out:
    out.write(pdf)
PY
