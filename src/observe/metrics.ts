import { Counter, collectDefaultMetrics, Registry } from 'prom-client';

export type Metrics = {
  registry: Registry;
  /** Sends by channel and outcome. */
  sends: Counter<'channel' | 'outcome'>;
  inbound: Counter<'kind'>;
  /** What bank services brought. */
  bankEvents: Counter<'result'>;
};

/** A registry of its own per hub, so that several can live in one process (tests, demo). */
export function openMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    sends: new Counter({
      name: 'lienlac_sends_total',
      help: 'Sends by channel and outcome',
      labelNames: ['channel', 'outcome'],
      registers,
    }),
    inbound: new Counter({
      name: 'lienlac_inbound_total',
      help: 'Updates from families by kind',
      labelNames: ['kind'],
      registers,
    }),
    bankEvents: new Counter({
      name: 'lienlac_bank_events_total',
      help: 'Events of bank services by result',
      labelNames: ['result'],
      registers,
    }),
  };
}
