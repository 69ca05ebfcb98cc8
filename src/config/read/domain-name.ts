/** As the DNS compares names: without regard to case, and the dot of the root goes without saying. */
export function domainName(text: string): string {
  return text.toLowerCase().replace(/\.$/, '');
}
