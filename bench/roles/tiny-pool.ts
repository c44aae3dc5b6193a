// The same as pool, with tasks of a tenth.

import './pool.js';
