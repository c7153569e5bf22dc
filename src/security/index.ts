// Security's ground: the secret key, secrets at rest, signed links, passwords, limits, audit. Everything else asks here.
export { type AuditWriter, audit } from './audit.ts';
export { countUp, forgetCounts, isUsedUp, type Limit, limits } from './limits.ts';
export { checkPassword, hashPassword, PASSWORD_LEAST } from './password.ts';
export { deriveKey, openSealer, type Sealer } from './seal.ts';
export { secretKeyOf } from './secret-key.ts';
export { type LinkUse, openSigner, type Signer } from './sign.ts';
