/** Reports versions: of the libzmq API that the library keeps to, and of the library. */

import { packageVersion, version } from 'loomwire';
import { program } from './support/program.js';

export default program(
  import.meta,
  'Reports the version of the library.',
  {},
  (_flags, terminal) => {
    terminal.print(`Current   libzmq version is ${version}`);
    terminal.print(`Current loomwire version is ${packageVersion}`);
    return { version, packageVersion };
  },
);
