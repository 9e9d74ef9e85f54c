import { configureGlobal } from 'fast-check';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { anySeed } from './oracles/seed.js';

// What draws from no seed of its own (properties, a layer's first weights, dropout) draws the same every time, too.
configureGlobal({ seed: anySeed() });
const generator = xoroshiro128plus(anySeed());
Math.random = () => uniformFloat64(generator);
