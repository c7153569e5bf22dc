// What the hub shows of itself: the log (personal data kept out) and the metrics. Knows nothing of schools.
export { mask, openLog } from './log.ts';
export { type Metrics, openMetrics } from './metrics.ts';
