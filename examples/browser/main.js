// Trains on a backend of the visitor's choice, with the callback on, and shows the certificates as they come.
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-webgpu';
import wasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import wasmSimd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import wasmThreads from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { zip } from 'rxjs';
import { monitor } from 'steepest';
import { angleChart, verdicts } from './chart.js';
import { spiralModel, spirals } from './spirals.js';

setWasmPaths({
  'tfjs-backend-wasm.wasm': wasm,
  'tfjs-backend-wasm-simd.wasm': wasmSimd,
  'tfjs-backend-wasm-threaded-simd.wasm': wasmThreads,
});

const element = (id) => document.getElementById(id);
const optimizers = {
  sgd: (rate) => tf.train.sgd(rate),
  momentum: (rate) => tf.train.momentum(rate, 0.9),
  adam: (rate) => tf.train.adam(rate),
  rmsprop: (rate) => tf.train.rmsprop(rate),
};
const backends = { webgl: 'WebGL', webgpu: 'WebGPU', wasm: 'WebAssembly', cpu: 'CPU (plain JavaScript)' };

let running = null;

element('controls').addEventListener('submit', (event) => {
  event.preventDefault();
  if (running) running.stopTraining = true;
  else void train(Object.fromEntries(new FormData(event.target)));
});
offerBackends();

function offerBackends() {
  const missing = {
    webgpu: !navigator.gpu && 'not in this browser',
    wasm: typeof WebAssembly !== 'object' && 'not in this browser',
  };
  for (const [name, label] of Object.entries(backends)) {
    const option = new Option(missing[name] ? `${label}: ${missing[name]}` : label, name);
    option.disabled = Boolean(missing[name]);
    element('backend').append(option);
  }
}

async function train({ backend, optimizer, rate }) {
  const shown = view();
  say(`Starting ${backends[backend]} …`);
  element('run').textContent = 'Stop';
  for (const control of document.querySelectorAll('select')) control.disabled = true;
  try {
    if (!(await tf.setBackend(backend)))
      throw new Error(`${backends[backend]} could not be started here; choose another backend.`);
    await tf.ready();
    const { xs, ys } = spirals();
    const model = spiralModel(optimizers[optimizer](Number(rate)));
    running = model;

    const watch = monitor({ preset: 'full', stepSize: 'never' });
    zip(watch.steps$, watch.certificates$).subscribe(([step, certificate]) => shown.step(step, certificate));
    watch.alerts$.subscribe((alert) => shown.alert(alert));

    const epochs = Number(new URLSearchParams(location.search).get('epochs')) || 30;
    await model.fit(xs, ys, {
      epochs,
      batchSize: 64,
      verbose: 0,
      callbacks: [
        watch.callback(model),
        {
          onEpochEnd: (epoch, { loss, acc }) =>
            say(
              `Epoch ${epoch + 1} of ${epochs} on ${backends[backend]}: loss ${loss.toFixed(4)}, ${(100 * acc).toFixed(0)} % right.`,
            ),
        },
      ],
    });
    await watch.detach();
    shown.draw();
    say(`Done on ${backends[backend]}. ${shown.summary()}`);
    model.dispose();
    tf.dispose([xs, ys]);
  } catch (error) {
    say(`The training ended: ${error.message}`);
  } finally {
    running = null;
    element('run').textContent = 'Train';
    for (const control of document.querySelectorAll('select')) control.disabled = false;
  }
}

function say(text) {
  element('status').textContent = text;
}

/** What is on the page of one run; drawn at most a few times a second. */
function view() {
  const points = [];
  const counts = Object.fromEntries(Object.keys(verdicts).map((name) => [name, 0]));
  let latest = null;
  let timer = null;
  const alerts = element('alert-list');
  alerts.replaceChildren(item('None so far.', 'quiet'));
  const draw = () => {
    timer = null;
    angleChart(element('chart'), points);
    element('counts').replaceChildren(
      ...Object.entries(counts).flatMap(([name, count]) => verdictRow(name, count, points.length)),
    );
    if (latest) element('certificate').replaceChildren(...describe(latest));
  };
  const soon = () => {
    timer ??= setTimeout(draw, 250);
  };
  draw();
  return {
    draw: () => {
      clearTimeout(timer);
      draw();
    },
    step: ({ step, gram }, certificate) => {
      latest = certificate;
      counts[certificate.verdict]++;
      points.push({ step, angle: degrees(gram), verdict: certificate.verdict });
      soon();
    },
    alert: ({ level, title, message, step }) => {
      alerts.querySelector('.quiet')?.remove();
      alerts.prepend(item(`Step ${step}, ${title}: ${message}`, level));
      while (alerts.childElementCount > 6) alerts.lastElementChild.remove();
    },
    summary: () =>
      `${points.length} steps certified: ${Object.entries(counts)
        .filter(([, count]) => count > 0)
        .map(([name, count]) => `${count} ${verdicts[name].label}`)
        .join(', ')}.`,
  };
}

/** The angle of a step, `null` where there is none. */
function degrees(gram) {
  if (!gram || !(gram.yy > 0 && gram.gg > 0)) return null;
  const cosine = gram.yg / Math.sqrt(gram.yy * gram.gg);
  return (Math.acos(Math.max(-1, Math.min(1, cosine))) * 180) / Math.PI;
}

function item(text, className) {
  const li = document.createElement('li');
  li.textContent = text;
  li.className = className;
  return li;
}

function verdictRow(name, count, total) {
  const { label, symbol } = verdicts[name];
  const term = document.createElement('dt');
  term.innerHTML = `<span class="mark ${name}" aria-hidden="true">${symbol}</span>`;
  term.append(label);
  const value = document.createElement('dd');
  value.textContent = total === 0 ? '0' : `${count} (${((100 * count) / total).toFixed(0)} %)`;
  return [term, value];
}

function describe({ step, verdict, alignment, effective, metric, structure }) {
  const strong = document.createElement('strong');
  strong.textContent = `Step ${step}: ${verdicts[verdict].label}. `;
  const angle = metric
    ? ` ψ ${((metric.psi * 180) / Math.PI).toFixed(1)}°, condition number ${metric.conditionNumber.toPrecision(3)}, ${structure} metric.`
    : '';
  return [
    strong,
    `Alignment ${alignment.state}: ${alignment.reason}. Effective ${effective.state}: ${effective.reason}.${angle}`,
  ];
}
