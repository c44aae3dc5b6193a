export { computeTiny as default } from './task.js';
