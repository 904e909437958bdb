/** The JSON body of a call to the control plane; an empty one is an empty object. Who calls it is a test or a person, so it is trusted. */
export const bodyOf = <T = Record<string, unknown>>(body: unknown): T =>
  JSON.parse(typeof body === 'string' && body !== '' ? body : '{}') as T;
