/** A uniformly random order of 0 … n-1 (Fisher–Yates). */
export function shuffledIndexes(n: number, random: () => number): Int32Array {
  const order = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const j = Math.floor(random() * (i + 1));
    order[i] = order[j] ?? 0;
    order[j] = i;
  }
  return order;
}
