import { createECDH, type JsonWebKey } from 'node:crypto';

/** Bytes of a number below the order of P-256. */
const size = 32;

/**
 * A fresh P-256 private key as a JWK (RFC 7518, 6.2). Not one of Node's key pairs: those leave a job behind that takes
 * the lock of the key when it is collected, and a collection in the midst of exporting the key then waits for itself
 * for ever (seen with Node 20.20, the more often the smaller the young generation is).
 */
export function createEcKey(): JsonWebKey & { readonly d: string } {
  const ecdh = createECDH('prime256v1');
  // 0x04, x, y (SEC 1, 2.3.3)
  const point = ecdh.generateKeys();
  const text = (bytes: Buffer): string => bytes.toString('base64url');
  const d = Buffer.alloc(size);
  const scalar = ecdh.getPrivateKey();
  scalar.copy(d, size - scalar.length);
  return {
    kty: 'EC',
    crv: 'P-256',
    x: text(point.subarray(1, 1 + size)),
    y: text(point.subarray(1 + size)),
    d: text(d),
  };
}
