import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { checkTestLinks } from '../support/test-links.js';

/*
 * docs/libzmq-tests.md has a row for each of libzmq's tests that matter most. A row names tests of ours, as
 * test-links.ts wants them, or says what is missing.
 */
const PAGE = new URL('../../../docs/libzmq-tests.md', import.meta.url);
const MISSING = /_Not yet:_ \S+ \S+ \S+/;

/** Marked in the reference that this project was begun with; several share a row. */
const MOST_IMPORTANT =
  `pair_inproc pair_ipc pair_tcp reqrep_inproc reqrep_ipc reqrep_tcp spec_req spec_rep spec_dealer spec_router
  spec_pushpull req_relaxed req_correlate router_mandatory router_mandatory_hwm router_handover probe_router sub_forward
  xpub_verbose xpub_manual xpub_nodrop mock_pub_sub conflate reqrep_device stream stream_timeout hwm hwm_pubsub
  sockopt_hwm immediate timeo poller msg_flags many_sockets inproc_connect disconnect_inproc term_endpoint
  unbind_wildcard last_endpoint bind_after_connect_tcp connect_resolve reconnect_ivl reconnect_options ctx_destroy
  ctx_options shutdown_stress security_null security_plain security_curve security_zap metadata base85 heartbeats monitor
  proxy proxy_steerable proxy_terminate proxy_hwm fuzzers`.split(/\s+/);

/** A row's first cell, and the rest of it. */
function rows(text: string): [string, string][] {
  return [...text.matchAll(/^\| ([^|]+?) +\| (.*) \|$/gm)]
    .map(([, name, rest]): [string, string] => [name!, rest!])
    .slice(2);
}

describe('docs/libzmq-tests.md', () => {
  const text = readFileSync(PAGE, 'utf8');

  it('names a test of ours for each, or says what is missing', () => {
    const wrong = rows(text).flatMap(([name, rest]) => {
      const { tests, wrong } = checkTestLinks(rest, PAGE);
      if (tests === 0 && !MISSING.test(rest)) return [`${name}: neither a test nor a reason`];
      return wrong.map((fault) => `${name}: ${fault}`);
    });
    expect(wrong).to.deep.equal([]);
  });

  it('has every one of those that matter most, once', () => {
    const names = rows(text).flatMap(([name]) => name.replace(/^the /, '').split(', '));
    expect(names.sort()).to.deep.equal([...MOST_IMPORTANT].sort());
  });
});
