export function withoutCodeCache(snapshot: Buffer): Buffer | undefined;
