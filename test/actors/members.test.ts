import { expect } from 'chai';
import { type Member, Members } from '../../src/patterns/actor/members.js';

/** Something that a system has started, and that is over when it is told so. */
class Started implements Member {
  finish!: () => void;
  readonly done = new Promise<void>((resolve) => (this.finish = resolve));

  constructor(readonly name: string) {}

  end(): Promise<never> {
    throw new Error('Not asked for here');
  }
}

describe('What a system has started', () => {
  const start = (members: Members, wished = 'resize'): Started =>
    members.admit(wished, (name) => new Started(name));

  it('has a name of its own until it is done', async () => {
    const members = new Members();
    const [first, second, third] = [start(members), start(members), start(members)];
    expect([first.name, second.name, third.name]).to.deep.equal(['resize', 'resize-2', 'resize-3']);
    second.finish();
    await second.done;

    expect(start(members).name).to.equal('resize-2');
    expect(members.list()).to.have.lengthOf(3);
  });

  it('leaves its name to others if it could not be started', () => {
    const members = new Members();
    const failing = (): never => {
      throw new Error('no thread');
    };
    expect(() => members.admit('resize', failing)).to.throw('no thread');

    expect(members.list()).to.deep.equal([]);
    expect(start(members).name).to.equal('resize');
  });

  it('may be replaced by another, who keeps the name when it is done, and until it is done itself', async () => {
    const members = new Members();
    const task = start(members);
    const actor = new Started(task.name);
    members.replace(task, actor);
    task.finish();
    await task.done;
    expect(members.list()).to.deep.equal([actor]);
    expect(start(members).name).to.equal('resize-2');

    actor.finish();
    await actor.done;
    expect(start(members).name).to.equal('resize');
  });
});
