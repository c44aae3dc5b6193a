import { expect } from 'chai';
import { packageVersion, version } from '../../src/index.js';
import { ExampleProcess, killExamples, reported } from './support/process.js';

const LOCAL = 'tcp://127.0.0.1:*';

/** Nobody listens there: the port is reserved, and never assigned. */
const NOBODY = 'tcp://127.0.0.1:1';

describe('the examples as processes', () => {
  afterEach(killExamples);

  it('version reports the versions', async () => {
    const { code, stdout } = await new ExampleProcess('version').end;
    expect(code).to.equal(0);
    expect(stdout).to.equal(
      `Current   libzmq version is ${version}\nCurrent loomwire version is ${packageVersion}\n`,
    );
  });

  it('hwserver answers hwclient', async () => {
    const server = new ExampleProcess('hwserver', '--bind', LOCAL, '--work', '1', '--report');
    const connect = await server.ready();
    const client = new ExampleProcess('hwclient', '--connect', connect, '--requests', '2');
    const { code, stdout } = await client.end;
    expect(code).to.equal(0);
    expect(stdout.split('\n')).to.deep.equal([
      'Connecting to hello world server...',
      'Sending request 0 ...',
      'Received reply 0 [ World ]',
      'Sending request 1 ...',
      'Received reply 1 [ World ]',
      '',
    ]);
    server.signal('SIGTERM');
    const { text } = await reported(server.end);
    expect(text).to.equal('Received request: Hello\nReceived request: Hello\n');
  });

  it('hwserver repeats the number of a numbered request', async () => {
    const server = new ExampleProcess('hwserver', '--bind', LOCAL, '--work', '0', '--report');
    const args = ['--connect', await server.ready(), '--requests', '3', '--numbered', '--report'];
    const { result } = await reported(new ExampleProcess('hwclient', ...args).end);
    const answers = result as { text: string; label: string }[];
    expect(answers.map(({ text, label }) => `${text} ${label}`)).to.deep.equal([
      'World 0',
      'World 1',
      'World 2',
    ]);
  });

  it('mtserver answers several clients', async () => {
    const args = ['--clients', LOCAL, '--threads', '2', '--work', '1', '--report'];
    const server = new ExampleProcess('mtserver', ...args);
    const connect = await server.ready();
    const clients = [1, 2, 3].map(
      () =>
        new ExampleProcess(
          'hwclient',
          ...['--connect', connect, '--requests', '4', '--numbered', '--report'],
        ),
    );
    for (const client of clients) {
      const { result } = await reported(client.end);
      const answers = result as { text: string; label: string }[];
      expect(answers.map(({ text, label }) => `${text} ${label}`)).to.deep.equal([
        'World 0',
        'World 1',
        'World 2',
        'World 3',
      ]);
    }
    server.signal('SIGTERM');
    const { text } = await reported(server.end);
    expect(text).to.equal('Received request: [Hello]\n'.repeat(12));
  });

  it('mtserver is answering one request while the next one comes in', async () => {
    // So long that nobody gets a reply from it.
    const args = ['--clients', LOCAL, '--threads', '2', '--work', '60000', '--report'];
    const server = new ExampleProcess('mtserver', ...args);
    const connect = await server.ready();
    for (let client = 0; client < 2; client++) {
      new ExampleProcess('hwclient', '--connect', connect);
    }
    await server.printed(/(Received request: \[Hello\][^]*){2}/);
  });

  it('wuserver tells wuclient the weather of its zip code', async () => {
    const server = new ExampleProcess('wuserver', '--bind', LOCAL, '--zips', '7-8', '--report');
    const connect = await server.ready();
    const client = new ExampleProcess('wuclient', '7', '20', '--connect', connect);
    const { code, stdout } = await client.end;
    expect(code).to.equal(0);
    expect(stdout).to.match(
      /^Collecting updates from weather server\.\.\.\nAverage temperature for zipcode '7' was -?\d+F\n$/,
    );
    server.signal('SIGTERM');
    const { text } = await reported(server.end);
    expect(text).to.equal('');
  });

  it('wuserver numbers the updates of each zip code', async () => {
    const numbered = ['--zips', '10001-10003', '--numbered', '--report'];
    const server = new ExampleProcess('wuserver', '--bind', LOCAL, ...numbered);
    const args = ['10002', '100', '--connect', await server.ready(), '--report'];
    const { text, result } = await reported(new ExampleProcess('wuclient', ...args).end);
    const { updates } = result as { updates: { text: string; label: string }[] };
    const first = Number(updates[0]?.label);
    let total = 0;
    for (const [number, update] of updates.entries()) {
      expect(update.label).to.equal(String(first + number));
      const [zip, temperature, humidity] = update.text.split(' ').map(Number);
      expect(zip).to.equal(10002);
      expect(temperature).to.be.within(-80, 134);
      expect(humidity).to.be.within(10, 59);
      total += temperature!;
    }
    expect(updates).to.have.lengthOf(100);
    expect(text).to.include(`zipcode '10002' was ${Math.round(total / 100)}F`);
  });

  it('taskvent, taskwork and tasksink work off a batch', async () => {
    const tasks = ['--tasks', '21'];
    const sink = new ExampleProcess('tasksink', '--bind', LOCAL, ...tasks, '--report');
    const results = await sink.ready();
    const ventilator = new ExampleProcess(
      'taskvent',
      ...['--sender', LOCAL, '--sink', results, ...tasks, '--workload', '2', '--report'],
    );
    const receiver = await ventilator.ready();
    const workers = [1, 2].map(
      () => new ExampleProcess('taskwork', '--receiver', receiver, '--sender', results, '--report'),
    );
    await Promise.all(workers.map((worker) => worker.ready()));

    await ventilator.printed(/Press Enter when the workers are ready: /);
    ventilator.enter();

    const sent = await reported(ventilator.end);
    expect(sent.result).to.deep.equal({ tasks: 21, cost: 42 });
    expect(sent.text.split('\n').slice(1)).to.deep.equal([
      'Sending tasks to workers...',
      'Total expected cost: 42 msec',
      '',
    ]);

    const { text, result } = await reported(sink.end);
    expect(text).to.match(/^:\.{9}:\.{9}:\nTotal elapsed time: \d+ msec\n$/);
    const { messages } = result as { messages: string[] };
    // Over tcp nothing orders the start of the batch before the first results.
    expect([...messages].sort()).to.deep.equal([...new Array<string>(21).fill(''), '0']);

    for (const worker of workers) worker.signal('SIGTERM');
    const dots = await Promise.all(workers.map(async ({ end }) => (await reported(end)).text));
    expect(dots.join('')).to.equal('.'.repeat(21));
  });

  describe('ended by Ctrl-C', () => {
    it('hwserver has done its job', async () => {
      const server = new ExampleProcess('hwserver', '--bind', LOCAL, '--report');
      await server.ready();
      server.signal('SIGINT');
      const { code, stderr } = await server.end;
      expect(code).to.equal(0);
      expect(stderr).to.equal('');
    });

    it('hwserver has, where nobody comes from outside', async () => {
      const server = new ExampleProcess('hwserver', '--bind', 'inproc://hello', '--report');
      expect(await server.ready()).to.equal('inproc://hello');
      server.signal('SIGINT');
      expect((await server.end).code).to.equal(0);
    });

    it('hwclient has not', async () => {
      const client = new ExampleProcess('hwclient', '--connect', NOBODY);
      await client.printed(/Sending request 0/);
      client.signal('SIGINT');
      const { code, stderr } = await client.end;
      expect(code).to.equal(130);
      expect(stderr).to.equal('');
    });

    it('mtserver has done its job, and so have its threads', async () => {
      const server = new ExampleProcess('mtserver', '--clients', LOCAL, '--report');
      await server.ready();
      server.signal('SIGINT');
      const { code, stderr } = await server.end;
      expect(code).to.equal(0);
      expect(stderr).to.equal('');
    });

    it('wuserver has done its job, in the middle of its endless loop', async () => {
      const server = new ExampleProcess('wuserver', '--bind', LOCAL, '--report');
      await server.ready();
      server.signal('SIGINT');
      const { code, stderr } = await server.end;
      expect(code).to.equal(0);
      expect(stderr).to.equal('');
    });

    it('wuclient has not', async () => {
      const client = new ExampleProcess('wuclient', '--connect', NOBODY);
      await client.printed(/Collecting updates/);
      client.signal('SIGINT');
      const { code, stdout, stderr } = await client.end;
      expect(code).to.equal(130);
      expect(stdout).to.not.include('Average');
      expect(stderr).to.equal('');
    });

    it('taskvent stops waiting for Enter', async () => {
      const ventilator = new ExampleProcess('taskvent', '--sender', LOCAL, '--sink', NOBODY);
      await ventilator.printed(/Press Enter/);
      ventilator.signal('SIGINT');
      const { code, stderr } = await ventilator.end;
      expect(code).to.equal(130);
      expect(stderr).to.equal('');
    });
  });

  it('taskvent does not start without a line', async () => {
    const ventilator = new ExampleProcess('taskvent', '--sender', LOCAL, '--sink', NOBODY);
    await ventilator.printed(/Press Enter/);
    ventilator.hangUp();
    const { code, stdout, stderr } = await ventilator.end;
    expect(code).to.equal(1);
    expect(stdout).to.not.include('Sending tasks');
    expect(stderr).to.include('Standard input ended before Enter was pressed');
  });

  it('hwserver says so when its endpoint is taken', async () => {
    const server = new ExampleProcess('hwserver', '--bind', LOCAL, '--report');
    const bind = await server.ready();
    const { code, stderr } = await new ExampleProcess('hwserver', '--bind', bind).end;
    expect(code).to.equal(1);
    expect(stderr).to.equal(`hwserver: ${bind}: Address already in use\n`);
  });

  it('wuclient says which arguments it takes', async () => {
    const { code, stdout } = await new ExampleProcess('wuclient', '--help').end;
    expect(code).to.equal(0);
    expect(stdout).to.match(/^Usage: wuclient \[ZIP\] \[UPDATES\] \[flags\]\n/);
    expect(stdout).to.match(/^ {2}ZIP, --zip DIGITS {2,}.* \(default 10001\)$/m);
    expect(stdout).to.match(/^ {2}UPDATES, --updates N {2,}.* \(default 5\)$/m);
  });

  describe('given wrong arguments', () => {
    const wrong: readonly [program: string, args: readonly string[], complaint: string][] = [
      ['version', ['now'], "Unexpected argument 'now'"],
      ['hwserver', ['tcp://*:5555'], "Unexpected argument 'tcp://*:5555'"],
      ['hwserver', ['--bind', 'nonsense'], "--bind takes ENDPOINT, not 'nonsense'"],
      ['hwserver', ['--bind', 'carrier://pigeon'], "Protocol not supported 'carrier://pigeon'"],
      ['hwclient', ['--requests', 'many'], "--requests takes N, not 'many'"],
      ['wuserver', ['--zips', '9-1'], "--zips takes A-B, not '9-1'"],
      ['wuclient', ['Shanghai'], "ZIP takes DIGITS, not 'Shanghai'"],
      ['wuclient', ['100010'], "ZIP takes DIGITS, not '100010'"],
      ['wuclient', ['10001', '0'], "UPDATES takes N, not '0'"],
      ['wuclient', ['10001', '5', '5'], "Unexpected argument '5'"],
      ['wuclient', ['10001', '--zip', '7'], 'ZIP is given twice'],
      ['mtserver', ['--threads', '0'], "--threads takes N, not '0'"],
      ['mtserver', ['--workers', 'tcp://nowhere'], "Invalid argument 'tcp://nowhere'"],
      ['taskwork', ['--receiver', 'tcp://nowhere'], "Invalid argument 'tcp://nowhere'"],
      ['taskvent', ['--workload', '9-1'], "--workload takes A-B, not '9-1'"],
      ['taskwork', ['--sink', NOBODY], "Unknown option '--sink'"],
      ['tasksink', ['--tasks'], "Option '--tasks <value>' argument missing"],
      ['tour', ['--guide', '--fast'], "Unknown option '--fast'"],
      ['tour', ['--from', '31'], 'There are 30 scenes'],
    ];
    for (const [name, args, complaint] of wrong) {
      it(`${name} ${args.join(' ')}`, async () => {
        const { code, stdout, stderr } = await new ExampleProcess(name, ...args).end;
        expect(code).to.equal(2);
        expect(stdout).to.equal('');
        expect(stderr).to.include(`${name}: ${complaint}\nUsage: ${name}`);
      });
    }
  });
});
