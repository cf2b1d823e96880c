/** A place of the panel that a picture is taken of, and how it is brought about. */

export interface Place {
  readonly name: string;
  readonly path: string;
  /** What is there when the page is. */
  readonly ready: string;
}

export async function post(apiUrl: string, path: string, body: object): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${apiUrl}/api/v1${path}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}
