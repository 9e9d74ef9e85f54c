import { configureGlobal } from 'fast-check';
import { anySeed } from './seed.js';

// Properties are tried on the same examples every time, too.
configureGlobal({ seed: anySeed() });
