import { UsageError } from '../usage-error.ts';

/** `127.0.0.1:9765`, `[::1]:9765` */
export function parseListenAddress(text: string): { readonly address: string; readonly port: number } {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-f:.]+)\]|([\d.]+)):(\d{1,5})$/i.exec(text) ?? [];
  const address = bracketed ?? plain;
  if (address === undefined || Number(port) > 65_535 || Number(port) === 0)
    throw new UsageError(`--metrics needs an address and a port such as 127.0.0.1:9765, not ${text}`);
  return { address, port: Number(port) };
}
