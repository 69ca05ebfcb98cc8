export function isLinkLocal(address: string): boolean {
  return address.toLowerCase().startsWith('fe80:');
}
