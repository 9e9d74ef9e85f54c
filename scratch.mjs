import * as tf from '@tensorflow/tfjs';
import { monitor } from 'steepest';
import { gallery, galleryProblem } from 'steepest/rules';
await tf.setBackend('cpu');
const names=(process.argv[2]||'').split(','), seeds=process.argv[3].split(',').map(Number), steps=+process.argv[4], rate=process.argv[5];
for (const rule of gallery.filter(r=>names[0]===''||names.includes(r.name))) for (const seed of seeds){
  const problem=galleryProblem(seed); const {network}=problem;
  const learner=rule.start({network,loss:network.loss,variables:network.variables,learningRate:rate?+rate:rule.learningRate,seed:seed+2});
  const watch=monitor({preset:'full',stepSize:'never',window:0,rules:[]}); const cs=[]; watch.certificates$.subscribe(c=>cs.push(c));
  for(let i=0;i<steps;i++) await watch.observe(learner);
  await watch.detach(); learner.dispose(); problem.dispose();
  const n=(v)=>cs.filter(c=>c.verdict===v).length;
  console.log(rule.name.padEnd(26),seed,'aligned',cs.filter(c=>c.alignment.state==='holds').length,'nat',n('natural-gradient'),'disc',n('discrete-natural-gradient'),'over',n('overshoot'),'not',n('not-natural-gradient'),'open',n('unresolved'),cs[0].lossBefore.toFixed(4),cs.at(-1).lossAfter.toFixed(4));
}
