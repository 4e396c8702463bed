import { expect, test } from 'vitest';
import { readTraceparent, toTraceparent } from '../../../src/domain/traces/traceparent.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

test.each([`00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-03`, `cc-${TRACE}-${SPAN}-01-what-comes-later`])(
  '%s leads to its span, and is written as version 00',
  (header) => {
    expect(readTraceparent(header)).toEqual({ traceId: TRACE, spanId: SPAN });
    expect(toTraceparent(readTraceparent(header)!)).toBe(`00-${TRACE}-${SPAN}-01`);
  },
);

test.each([
  undefined,
  '',
  'nonsense',
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE}-${SPAN}-01-more`,
  `ff-${TRACE}-${SPAN}-01`,
  // Nobody records it.
  `00-${TRACE}-${SPAN}-00`,
])('%s leads nowhere', (header) => {
  expect(readTraceparent(header)).toBeNull();
});
