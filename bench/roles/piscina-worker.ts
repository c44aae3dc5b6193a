export { compute as default } from './task.js';
