/** Requests now on each address; what least-in-flight picking goes by. */
export class InFlight {
  readonly #counts = new Map<string, number>();

  of(address: string): number {
    return this.#counts.get(address) ?? 0;
  }

  begin(address: string): void {
    this.#counts.set(address, this.of(address) + 1);
  }

  end(address: string): void {
    const count = this.of(address) - 1;
    if (count > 0) this.#counts.set(address, count);
    else this.#counts.delete(address);
  }
}
