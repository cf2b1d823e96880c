/** The nkeys by which roles show who they are: a seed that its owner keeps, and a public key that the server knows. */

import { nkeys } from "nats";

/** A new key's seed, as its file holds it. */
export function newSeed(): string {
  return new TextDecoder().decode(nkeys.createUser().getSeed());
}

/** What a server needs to know of a key. @throws of a text that is no seed, without showing it */
export function publicKeyOf(seed: string): string {
  return nkeys.fromSeed(new TextEncoder().encode(seed.trim())).getPublicKey();
}
