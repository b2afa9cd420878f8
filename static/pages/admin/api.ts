/* api.ts - the server API, asked in the name of who has signed in */

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export interface Who {
  user: string;
  admin: boolean;
}

const TOKEN = "atrium.admin.token";
const JSON_TYPE = { "Content-Type": "application/json" };

/** What is wrong with an answer, for people. */
async function errorOf(answer: Response): Promise<ApiError> {
  try {
    const { error } = (await answer.json()) as { error: { code: string; message: string } };
    return new ApiError(answer.status, error.code, error.message);
  } catch {
    return new ApiError(answer.status, "unavailable", `the server answered with ${answer.status}`);
  }
}

async function ask(path: string, init: RequestInit): Promise<unknown> {
  const answer = await fetch(path, { cache: "no-store", ...init }).catch(() => undefined);
  if (!answer) throw new ApiError(0, "away", "the server does not answer");
  if (!answer.ok) throw await errorOf(answer);
  return answer.json();
}

/** Holds the token: for this tab only, and over a reload. */
export class Api {
  #token = sessionStorage.getItem(TOKEN) ?? "";

  /** The sign-in is good no longer. */
  onrefused: () => void = () => {};

  get token(): string {
    return this.#token;
  }

  /** Who the token says we are; throws where it says nothing. */
  async whoAmI(): Promise<Who> {
    const headers = { Authorization: `Bearer ${this.#token}` };
    return (await ask("/api/auth/me", { headers })) as Who;
  }

  async signIn(name: string, password: string): Promise<Who> {
    const body = JSON.stringify({ name, password });
    const init = { method: "POST", headers: JSON_TYPE, body };
    const answer = (await ask("/api/auth/login", init)) as Who & { token: string };
    this.#keep(answer.admin ? answer.token : "");
    return answer;
  }

  async useToken(token: string): Promise<Who> {
    this.#token = token;
    const who = await this.whoAmI().catch((error: unknown) => {
      this.#keep("");
      throw error;
    });
    this.#keep(who.admin ? token : "");
    return who;
  }

  signOut(): void {
    this.#keep("");
  }

  async call<Result>(method: string, body: object = {}): Promise<Result> {
    const headers = { ...JSON_TYPE, Authorization: `Bearer ${this.#token}` };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    try {
      return ((await ask(`/api/${method}`, init)) as { result: Result }).result;
    } catch (error) {
      const { status } = error as ApiError;
      if (status === 401) this.onrefused();
      if (status === 403) void this.#look();
      throw error;
    }
  }

  /** What is forbidden may be so to everyone, or we are no administrator any more. */
  async #look(): Promise<void> {
    const who = await this.whoAmI().catch(() => undefined);
    if (who && !who.admin) this.onrefused();
  }

  #keep(token: string): void {
    this.#token = token;
    if (token) sessionStorage.setItem(TOKEN, token);
    else sessionStorage.removeItem(TOKEN);
  }
}

/** An error as a sentence. */
export function words(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
