import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.replicas.workspace_processes import of_process, world


async def main(count, own, url=""):
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        async with world(Path(folder), rotation=True, POLL_INTERVAL_S="15") as w:
            teams = []
            async with w.bot() as bot:
                for n in range(count):
                    team = w.team(f"Team {n}", "ann")
                    await asyncio.sleep(0.12)
                    page = await team.person("ann").install(f"{bot.url}/slack/install")
                    assert page.status == 200, page.text[-400:]
                    teams.append(team)
                if own:
                    from tests.scenarios.test_workspaces import connect_key

                    for n, team in enumerate(teams):
                        w.heygen.add_account(f"a{n}", api_key=f"sk_team_number_{n:04d}")
                        await connect_key(team, "ann", f"sk_team_number_{n:04d}")
                code, took = await bot.stop()
                print("first stop", code, round(took, 2))
            began = time.monotonic()
            async with w.bot() as bot:
                up = time.monotonic() - began
                import httpx

                async with httpx.AsyncClient() as c:
                    while (await c.get(bot.url + "/readyz")).status_code != 200:
                        await asyncio.sleep(0.01)
                ready = time.monotonic() - began
                await asyncio.sleep(15)
                a = of_process(bot.pid)
                await asyncio.sleep(60)
                b = of_process(bot.pid)
                code, took = await bot.stop()
                print(
                    f"{count} workspaces own={own}: live {up:.2f} ready {ready:.2f} s, rss {b['rss_mb']:.1f} MB, cpu {(b['cpu_s'] - a['cpu_s']) / 60 * 100:.2f} % of a core, first 15 s {a['cpu_s']:.2f} s, stop {took:.2f} s code {code}"
                )


asyncio.run(main(int(sys.argv[1]), sys.argv[2] == "own"))
