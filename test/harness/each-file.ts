import { afterAll, afterEach } from 'vitest';
import { endAll } from './at-end.ts';

afterEach(() => endAll('test'));
afterAll(() => endAll('file'));
