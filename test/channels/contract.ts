// The suite that every channel must pass. A channel hands in a rig: its stand-in, and how to make it misbehave.

import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccountConfig, Channel, Connection, Message, Outcome } from '../../src/channels/index.ts';
import { until } from '../harness/until.ts';

export type Rig = {
  channel: Channel;
  account: AccountConfig;
  /** The same with credentials that the provider does not accept. */
  wrongAccount: AccountConfig;
  /** An account of a provider that is not there: nobody listens on its port. */
  nobodyThere: { channel: Channel; account: AccountConfig };
  /** What must never be seen in an outcome, an error or on the console. */
  secrets: readonly string[];
  /** A message in the channel's markup to an address that takes it. */
  message: Message;
  /** An address that the provider does not know. */
  unknownAddress: string;
  /** The address of `message` does not want us any more; what the contact has become. */
  turnAway(): 'blocked' | 'gone';
  /** Everything that reached an address. */
  accepted(): readonly { address: string; id: string }[];
  misbehave: {
    throttled(): void;
    broken(): void;
    hangs(): void;
    hangsAfterAccepting(): void;
    cutsBeforeAccepting(): void;
    cutsAfterAccepting(): void;
  };
  stop(): Promise<void>;
};

const patience = () => AbortSignal.timeout(5000);

export function channelContract(name: string, makeRig: () => Promise<Rig>): void {
  describe(`the ${name} channel`, () => {
    let rig: Rig;
    let open: Connection[];
    let seen: unknown[];
    const connect = (channel = rig.channel, account = rig.account): Connection => {
      const connection = channel.open(account);
      open.push(connection);
      return connection;
    };
    const send = async (
      message = rig.message,
      deadline = patience(),
      connection = connect(),
    ): Promise<Outcome> => {
      const outcome = await connection.send(message, deadline);
      seen.push(outcome);
      return outcome;
    };

    beforeEach(async () => {
      rig = await makeRig();
      open = [];
      seen = [];
    });
    afterEach(async () => {
      await Promise.all(open.map((connection) => connection.close()));
      await rig.stop();
      const shown = inspect(seen, { depth: 12, showHidden: true });
      for (const secret of rig.secrets)
        expect(shown, 'a secret stands in an outcome or an error').not.toContain(secret);
    });

    it('says "accepted" once the provider has taken the message, and only then', async () => {
      const outcome = await send();
      expect(outcome).toMatchObject({ kind: 'accepted', partsSent: rig.message.parts.length });
      expect(rig.accepted()).toHaveLength(rig.message.parts.length);
      expect(outcome.kind === 'accepted' && outcome.providerId).toBe(rig.accepted().at(-1)?.id);
    });

    it('gives up an address that the provider does not know', async () => {
      const outcome = await send({ ...rig.message, address: rig.unknownAddress });
      expect(outcome).toMatchObject({
        kind: 'rejected',
        reason: 'addressUnknown',
        contact: 'gone',
        partsSent: 0,
      });
    });

    it('gives up a contact that does not want us any more', async () => {
      const contact = rig.turnAway();
      expect(await send()).toMatchObject({ kind: 'rejected', contact, partsSent: 0 });
      expect(rig.accepted()).toEqual([]);
    });

    it('lets the whole account wait when it is asked to', async () => {
      rig.misbehave.throttled();
      const outcome = await send();
      expect(outcome).toMatchObject({
        kind: 'retry',
        scope: 'lane',
        reason: 'channelBusy',
        inDoubt: false,
        partsSent: 0,
      });
      expect(outcome.kind === 'retry' && outcome.afterMs).toBeGreaterThan(0);
    });

    it('tries again when the provider stumbles, and the next attempt goes through', async () => {
      rig.misbehave.broken();
      expect(await send()).toMatchObject({ kind: 'retry', scope: 'delivery', partsSent: 0 });
      expect(rig.accepted()).toEqual([]);
      expect(await send()).toMatchObject({ kind: 'accepted' });
    });

    it('answers at the deadline when the provider does not', async () => {
      rig.misbehave.hangs();
      const began = performance.now();
      const outcome = await send(rig.message, AbortSignal.timeout(200));
      expect(outcome).toMatchObject({ kind: 'retry', reason: 'timedOut', partsSent: 0 });
      expect(performance.now() - began).toBeLessThan(3000);
      expect(rig.accepted()).toEqual([]);
    });

    it('sends nothing when the deadline has passed before', async () => {
      const outcome = await send(rig.message, AbortSignal.abort());
      expect(outcome).toMatchObject({ kind: 'retry', reason: 'timedOut', inDoubt: false });
      expect(rig.accepted()).toEqual([]);
    });

    it('does not know what became of a message whose answer does not come: it is in doubt', async () => {
      rig.misbehave.hangsAfterAccepting();
      expect(await send(rig.message, AbortSignal.timeout(300))).toMatchObject({
        kind: 'retry',
        reason: 'timedOut',
        inDoubt: true,
      });
    });

    it('takes a connection that is cut before anything was taken as a reason to try again', async () => {
      rig.misbehave.cutsBeforeAccepting();
      const connection = connect();
      expect(await send(rig.message, patience(), connection)).toMatchObject({
        kind: 'retry',
        reason: 'channelDown',
      });
      expect(rig.accepted()).toEqual([]);
      expect(await send(rig.message, patience(), connection)).toMatchObject({ kind: 'accepted' });
      expect(rig.accepted()).toHaveLength(1);
    });

    it('never sends twice by itself: a connection that is cut after acceptance leaves one message, in doubt', async () => {
      rig.misbehave.cutsAfterAccepting();
      expect(await send()).toMatchObject({ kind: 'retry', reason: 'channelDown', inDoubt: true });
      expect(rig.accepted()).toHaveLength(1);
    });

    it('is not in doubt when nobody listens', async () => {
      const { channel, account } = rig.nobodyThere;
      const outcome = await send(rig.message, patience(), connect(channel, account));
      expect(outcome).toMatchObject({ kind: 'retry', reason: 'channelDown', inDoubt: false, partsSent: 0 });
    });

    it('calls a person when its credentials are wrong, for sending and for asking who it is', async () => {
      const connection = connect(rig.channel, rig.wrongAccount);
      expect(await send(rig.message, patience(), connection)).toMatchObject({
        kind: 'person',
        reason: 'channelStopped',
      });
      const error = await connection.whoAmI().catch((problem: unknown) => problem);
      seen.push(error);
      expect(error).toMatchObject({ name: 'ChannelProblem', kind: 'notAuthorised' });
    });

    it('tells who it is', async () => {
      expect(await connect().whoAmI()).toMatchObject({ name: rig.account.name });
    });

    it('refuses a message without content instead of sending nothing', async () => {
      expect(await send({ ...rig.message, parts: [] })).toMatchObject({
        kind: 'rejected',
        reason: 'badContent',
      });
    });

    it('sends no part again that is out', async () => {
      const partsSent = rig.message.parts.length;
      expect(await send({ ...rig.message, partsSent })).toMatchObject({ kind: 'accepted', partsSent });
      expect(rig.accepted()).toEqual([]);
    });

    it('carries many sends at once, each with its own outcome', async () => {
      const connection = connect();
      const bad = { ...rig.message, address: rig.unknownAddress };
      const outcomes = await Promise.all(
        [rig.message, bad, bad].map((message) => send(message, patience(), connection)),
      );
      expect(outcomes.map(({ kind }) => kind)).toEqual(['accepted', 'rejected', 'rejected']);
    });

    it('leaves no socket behind when it is closed, and takes nothing more', async () => {
      const connection = connect();
      await send(rig.message, patience(), connection);
      await connection.close();
      expect(await send(rig.message, patience(), connection)).toMatchObject({
        kind: 'retry',
        reason: 'channelStopped',
        inDoubt: false,
      });
      await until(
        'every socket is closed',
        () => !process.getActiveResourcesInfo().includes('TCPSocketWrap'),
      );
    });

    it('settles what is on the way when it is closed', async () => {
      rig.misbehave.hangs();
      const connection = connect();
      const sending = send(rig.message, patience(), connection);
      await new Promise((resolve) => setImmediate(resolve));
      await connection.close();
      expect(await sending).toMatchObject({ kind: 'retry' });
    });

    it('has limits that a lane can keep', () => {
      const { limits } = rig.channel;
      for (const [what, value] of Object.entries(limits)) {
        if (what !== 'perAddressMs') expect(value, what).toBeGreaterThan(0);
      }
    });
  });
}
