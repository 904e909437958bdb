/** The panel's error answers: exception class as code, status as text, rule and field of each failed validation. */

export interface ErrorEntry {
  readonly code: string;
  readonly status: string;
  readonly detail: string;
  readonly meta?: { readonly source_field: string; readonly rule: string };
}

export class PanelError extends Error {
  constructor(
    readonly status: number,
    readonly entries: readonly ErrorEntry[],
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(entries.map((entry) => `${entry.code}: ${entry.detail}`).join('; '));
  }
}

export const panelError = (status: number, code: string, detail: string): PanelError =>
  new PanelError(status, [{ code, status: String(status), detail }]);

export const unauthenticated = (): PanelError => panelError(401, 'AuthenticationException', 'Unauthenticated.');
export const malformedJson = (): PanelError =>
  panelError(400, 'BadRequestHttpException', 'The JSON data passed in the request appears to be malformed: Syntax error');
export const secondFactorMissing = (): PanelError =>
  panelError(
    400,
    'TwoFactorAuthRequiredException',
    'Two-factor authentication is required on this account in order to access this endpoint.',
  );
export const addressDenied = (ip: string): PanelError =>
  panelError(
    403,
    'AccessDeniedHttpException',
    `This IP address (${ip}) does not have permission to access the API using these credentials.`,
  );
export const notAdmin = (): PanelError =>
  panelError(403, 'AccessDeniedHttpException', 'This account does not have permission to access the API.');
export const unauthorized = (): PanelError => panelError(403, 'AccessDeniedHttpException', 'This action is unauthorized.');
export const notFound = (): PanelError =>
  panelError(404, 'NotFoundHttpException', 'The requested resource could not be found on the server.');
export const unknownRoute = (path: string): PanelError => panelError(404, 'NotFoundHttpException', `The route ${path} could not be found.`);
export const wrongMethod = (method: string, path: string, supported: readonly string[]): PanelError =>
  panelError(
    405,
    'MethodNotAllowedHttpException',
    `The ${method} method is not supported for route ${path}. Supported methods: ${supported.join(', ')}.`,
  );
export const unhandled = (code: string): PanelError =>
  panelError(500, code, 'An unexpected error was encountered while processing this request, please try again.');
export const lostRace = (): PanelError =>
  panelError(
    500,
    'DataValidationException',
    'Could not save Pterodactyl\\Models\\Server[]: failed to validate data: {"allocation_id":["The allocation id has already been taken."]}',
  );
export const maintenance = (): PanelError => panelError(503, 'HttpException', 'Service Unavailable');
export const transferring = (): PanelError => panelError(409, 'ConflictHttpException', 'The server is currently being transferred.');
export const notClientKey = (): PanelError =>
  panelError(
    403,
    'AccessDeniedHttpException',
    'You are attempting to use an application API key on an endpoint that requires a client API key.',
  );
export const conflict = (detail: string): PanelError => panelError(409, 'ServerStateConflictException', detail);
export const offline = (): PanelError => panelError(502, 'HttpException', 'Server must be online in order to send commands.');
export const display = (detail: string, code = 'DisplayException'): PanelError => panelError(400, code, detail);

const noAnswer = (code: number, requestId: string): string =>
  `There was an error while communicating with the machine running this server. This error has been logged, please try again. (code: ${code}) (request_id: ${requestId})`;

/** Wings did not answer (504), answered with an error whose status the panel passes on, or broke off a good answer (502). */
export const daemonConnection = (status: 404 | 403 | 500 | 502 | 504, requestId: string): PanelError => {
  const details = {
    504: 'Could not establish a connection to the machine running this server. Please try again.',
    500: noAnswer(500, requestId),
    // Wings had said that it was well before the answer broke off; the code in the text is what it had said.
    502: noAnswer(202, requestId),
    404: `An error occurred on the remote host: The requested server does not exist. (request id: ${requestId})`,
    403: `An error occurred on the remote host: You are not authorized to access this endpoint. (request id: ${requestId})`,
  };
  return panelError(status, 'DaemonConnectionException', details[status]);
};

/** A failed check of one field of a request. */
export interface Failure {
  readonly field: string;
  readonly rule: string;
  readonly detail: string;
}

export const invalid = (failures: readonly Failure[]): PanelError =>
  new PanelError(
    422,
    failures.map(({ field, rule, detail }) => ({
      code: 'ValidationException',
      status: '422',
      detail,
      meta: { source_field: field, rule },
    })),
  );
