/** The error body of OpenAI-compatible servers; `code` repeats the HTTP status, as vLLM does. */
export interface OpenAiErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: number | string | null;
  };
}

const typeOfStatus: Readonly<Record<number, string>> = {
  400: 'BadRequestError',
  401: 'AuthenticationError',
  403: 'PermissionDeniedError',
  404: 'NotFoundError',
  405: 'MethodNotAllowedError',
  408: 'RequestTimeoutError',
  413: 'RequestEntityTooLargeError',
  415: 'UnsupportedMediaTypeError',
  422: 'UnprocessableEntityError',
  429: 'RateLimitError',
  500: 'InternalServerError',
  501: 'NotImplementedError',
  502: 'BadGatewayError',
  503: 'ServiceUnavailableError',
  504: 'GatewayTimeoutError',
};

/** Error body for an HTTP status; `param` names the request field at fault. */
export function openAiError(
  status: number,
  message: string,
  options: { readonly param?: string | null; readonly type?: string; readonly code?: string | number } = {},
): OpenAiErrorBody {
  return {
    error: {
      message,
      type:
        options.type ?? typeOfStatus[status] ?? (status < 500 ? 'BadRequestError' : 'InternalServerError'),
      param: options.param ?? null,
      code: options.code ?? status,
    },
  };
}
