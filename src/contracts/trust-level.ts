import { z } from 'zod';
import { TRUST_LEVELS } from '../domain/builds/trust.js';

/** How far a project is trusted. */
export const TrustLevel = z
  .enum(TRUST_LEVELS)
  .describe(
    'trusted: its builds may use methods and networks that let code near the build host; set by who administers Kiln, kept by each build as it was when it was accepted',
  );
