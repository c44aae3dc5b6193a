// A program that does what `import` does, but for the import.

import './assignment.js';
import './libraries.js';
import { reportDone } from './report.js';

reportDone();
