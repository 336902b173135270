"""Journeys by plain loops over plain lists: what the engine's windows are held to."""

from collections import Counter, defaultdict


def journeys(events, end=(), start=(), idle=None, until=0, rank=None):
    """`events` are (user, second, name); returns (user, [names], outcome) for each journey, in order."""
    order = rank or {}
    made = []
    by_user = defaultdict(list)
    for user, second, name in events:
        place = -1000 if name in start else 1000 if name in end else 0
        by_user[user].append((second, place + order.get(name, 0), name))
    for user, rows in sorted(by_user.items()):
        rows.sort()
        runs, last = [[]], None
        for second, _, name in rows:
            if runs[-1] and idle is not None and second - last > idle:
                runs.append([])
            runs[-1].append((second, name))
            if name in end:
                runs.append([])
            last = second
        runs = [run for run in runs if run]
        for run in runs:
            names, stopped = [name for _, name in run], run[-1][0]
            newer = run is not runs[-1]
            silent = idle is not None and (newer or until - stopped > idle)
            outcome = "(converted)" if names[-1] in end else "(left)" if silent else "(open)"
            if start:
                begun = next((k for k, name in enumerate(names) if name in start), None)
                if begun is None:
                    continue
                names = names[begun:]
            made.append((user, names, outcome))
    return made


def collapsed(names):
    return [name for k, name in enumerate(names) if k == 0 or names[k - 1] != name]


def transitions(found):
    counted = Counter()
    for _, names, outcome in found:
        counted.update(zip(["(start)", *names], [*names, outcome], strict=True))
    return counted


def entry(found, order):
    """How many journeys start at each state, are linear, start later, skip, return."""
    starts, facts = Counter(), Counter()
    for _, names, _ in found:
        codes = [order.index(name) for name in names]
        starts[names[0]] += 1
        furthest = [max(codes[: k + 1]) for k in range(len(codes))]
        skips = any(code > before + 1 for code, before in zip(codes[1:], furthest, strict=False))
        returns = any(code < before for code, before in zip(codes[1:], furthest, strict=False))
        later = codes[0] > 0
        facts.update({"later": later, "skips": skips, "returns": returns, "linear": not (later or skips or returns)})
    return starts, facts
