/** What a Kubernetes API keeps of a custom resource: versions, generations, finalizers, conflicts, and a history that ends somewhere. */

export interface Stored {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace: string;
    uid: string;
    resourceVersion: string;
    generation: number;
    creationTimestamp: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    finalizers?: string[];
    deletionTimestamp?: string;
  };
  spec?: unknown;
  status?: unknown;
}

export interface Change {
  readonly version: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: Stored;
}

/** An answer that is not 200, by its status and its words. */
export class Refusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Any document, as far as it is sent. */
export type Sent = Record<string, unknown> & { metadata?: Record<string, unknown> };

export class ObjectStore {
  readonly #objects = new Map<string, Stored>();
  readonly #history: Change[] = [];
  readonly #listeners = new Set<(change: Change) => void>();
  #version = 100;
  /** What came up to here is forgotten. */
  #forgotten = 0;

  version(): number {
    return this.#version;
  }

  list(): Stored[] {
    return [...this.#objects.values()].map((object) => structuredClone(object));
  }

  get(name: string): Stored {
    const object = this.#objects.get(name);
    if (!object) throw new Refusal(404, `benchmarkconfigs "${name}" not found`);
    return structuredClone(object);
  }

  /** As `kubectl apply` does: makes it, or changes its spec. Nobody but the operator writes its status. */
  apply(namespace: string, { metadata, spec, apiVersion, kind }: Sent): Stored {
    const name = String(metadata?.name);
    const before = this.#objects.get(name);
    if (before) return this.#write({ ...structuredClone(before), spec: structuredClone(spec) });
    const labels = metadata?.labels as Record<string, string> | undefined;
    const object: Stored = {
      apiVersion: String(apiVersion),
      kind: String(kind),
      metadata: {
        ...{ name, namespace, uid: `uid-${name}-${this.#version}`, resourceVersion: "", generation: 0 },
        creationTimestamp: "2026-11-22T00:00:00Z",
        ...(labels && { labels }),
      },
      spec: structuredClone(spec),
    };
    return this.#write(object);
  }

  /** A merge patch of everything but the status. */
  patch(name: string, sent: Sent): Stored {
    const before = this.get(name);
    this.#requireVersion(before, sent);
    const { status: _status, ...rest } = sent;
    const metadata = { ...before.metadata, ...rest.metadata, resourceVersion: "" };
    return this.#write({ ...before, ...rest, metadata, status: before.status } as Stored);
  }

  /** The status alone, whatever else is sent. */
  putStatus(name: string, sent: Sent): Stored {
    const before = this.get(name);
    this.#requireVersion(before, sent);
    return this.#write({ ...before, status: structuredClone(sent.status) });
  }

  delete(name: string): void {
    const object = this.get(name);
    if ((object.metadata.finalizers ?? []).length === 0) this.#remove(object);
    else {
      object.metadata.deletionTimestamp ??= "2026-11-22T00:01:00Z";
      this.#write(object);
    }
  }

  /** All that came behind a version. */
  since(version: number): readonly Change[] {
    if (version < this.#forgotten) throw new Refusal(410, `too old resource version: ${version}`);
    return this.#history.filter((change) => change.version > version);
  }

  /** Forgets what came so far: whoever watches from before must list anew. */
  compact(): void {
    this.#forgotten = this.#version;
    this.#history.length = 0;
  }

  hear(listen: (change: Change) => void): () => void {
    this.#listeners.add(listen);
    return () => this.#listeners.delete(listen);
  }

  #requireVersion({ metadata: { name, resourceVersion } }: Stored, { metadata }: Sent): void {
    const sent = metadata?.resourceVersion;
    if (sent !== undefined && sent !== resourceVersion)
      throw new Refusal(
        409,
        `Operation cannot be fulfilled on benchmarkconfigs "${name}": the object has been modified`,
      );
  }

  #write(object: Stored): Stored {
    const before = this.#objects.get(object.metadata.name);
    const isOther = JSON.stringify(before?.spec) !== JSON.stringify(object.spec);
    object.metadata.generation = (before?.metadata.generation ?? 0) + (isOther ? 1 : 0);
    const isLetGo =
      object.metadata.deletionTimestamp !== undefined && object.metadata.finalizers?.length === 0;
    if (isLetGo) {
      this.#remove(object);
      return object;
    }
    this.#objects.set(object.metadata.name, object);
    this.#tell(before ? "MODIFIED" : "ADDED", object);
    return structuredClone(object);
  }

  #remove(object: Stored): void {
    this.#objects.delete(object.metadata.name);
    this.#tell("DELETED", object);
  }

  #tell(type: Change["type"], object: Stored): void {
    this.#version++;
    object.metadata.resourceVersion = String(this.#version);
    const change = { version: this.#version, type, object: structuredClone(object) };
    this.#history.push(change);
    for (const listen of this.#listeners) listen(change);
  }
}
