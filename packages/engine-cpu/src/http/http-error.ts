import { type OpenAiErrorBody, openAiError } from '@weir/wire/openai';

/** Messages repeat parts of the request; an answer must not grow with them. */
const maxMessageChars = 600;

/** A request that is answered with an error; `param` names the field at fault. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly param: string | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    options: {
      readonly param?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(
      message.length > maxMessageChars ? `${message.slice(0, maxMessageChars)}…` : message,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.status = status;
    this.param = options.param ?? null;
    this.headers = options.headers ?? {};
  }

  toBody(): OpenAiErrorBody {
    return openAiError(this.status, this.message, { param: this.param });
  }
}

/** A 400 about one field of the body. */
export function badField(param: string, message: string): HttpError {
  return new HttpError(400, `${param}: ${message}`, { param });
}
