"""Render formulas on request: one JSON object a line in, one a line out.

It runs in a process of its own, because V8 does not survive the forks of a parallel build.
"""

import sys
from pathlib import Path

from py_mini_racer import MiniRacer

# trust: false turns \href and its like into text of the error colour instead of an error, so the
# colour is one that no formula would choose, and its presence is the error.
RENDER = r"""
function render(line) {
  const q = JSON.parse(line);
  try {
    const html = katex.renderToString(q.tex, {
      displayMode: q.display, macros: q.macros, output: 'htmlAndMathml',
      throwOnError: true, strict: 'error', trust: false, errorColor: '#0bad0b'});
    if (html.includes('#0bad0b'))
      return JSON.stringify({error: 'a command that needs trust, such as \\href'});
    return JSON.stringify({html});
  } catch (e) {
    return JSON.stringify({error: String(e.message || e)});
  }
}
katex.version
"""


def main() -> None:
    """Answer until standard input ends."""
    with MiniRacer() as engine:
        engine.eval(Path(__file__).with_name("katex.min.js").read_text("utf-8"))
        engine.eval(RENDER)
        for line in sys.stdin:
            sys.stdout.write(engine.call("render", line) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
