import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

export type Metrics = {
  registry: Registry;
  /** Sends by channel and outcome. */
  sends: Counter<'channel' | 'outcome'>;
  /** Seconds from claim to the provider's answer. */
  sendSeconds: Histogram<'channel'>;
  inbound: Counter<'kind'>;
};

/** A registry of its own per hub, so that several can live in one process (tests, demo). */
export function openMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    sends: new Counter({ name: 'lienlac_sends_total', help: 'Sends by channel and outcome', labelNames: ['channel', 'outcome'], registers }),
    sendSeconds: new Histogram({ name: 'lienlac_send_seconds', help: 'Time of one send', labelNames: ['channel'], registers }),
    inbound: new Counter({ name: 'lienlac_inbound_total', help: 'Updates from families by kind', labelNames: ['kind'], registers }),
  };
}
