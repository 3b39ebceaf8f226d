"""caserun - case files that a test makes, played by t/case/run.

    caserun.play(out, [("a title", "text of the case"), ...])   each test of a case is one of out
"""
import os
import subprocess
import tempfile

RUN = os.path.join(os.environ.get("builddir", os.getcwd()), "t", "case", "run")


def play(out, cases):
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for title, text in cases:
            name = f"{len(paths):03} {title}.case".replace("/", "-")
            paths.append(os.path.join(folder, name))
            with open(paths[-1], "w", encoding="ascii") as f:
                f.write(text)
        got = subprocess.run([RUN] + paths, capture_output=True, text=True, check=False)
    for line in got.stdout.splitlines():
        if line.startswith(("ok", "not ok")):
            out.ok(line.startswith("ok"), line.partition(" - ")[2])
        elif line.startswith("#"):
            print(line)
    out.equal((got.returncode, got.stderr), (0, ""), f"{len(paths)} cases were played")
