import type { Span } from '../../../net/span.ts';
import type { Places } from './places.ts';
import { relativePath } from './relative-path.ts';

export interface SarifPlaces {
  readonly places: Places;
  readonly folder: string | undefined;
}

/** A physicalLocation: lines and columns from 1, the end column behind the last UTF-16 unit. */
export function sarifLocation(span: Span, where: SarifPlaces) {
  const region = sarifRegion(span, where);
  return { artifactLocation: sarifFile(span.file, where), ...(region === undefined ? {} : { region }) };
}

export function sarifRegion(span: Span, { places }: SarifPlaces) {
  const place = places.of(span);
  if (place === undefined) return undefined;
  return {
    startLine: place.line,
    startColumn: place.column,
    endLine: place.endLine,
    endColumn: place.endColumn,
  };
}

/** Relative to the root of the repository, where the file is below it. */
export function sarifFile(file: string, { folder }: SarifPlaces) {
  const path = relativePath(file, folder);
  const uri = path.split('/').map(encodeURIComponent).join('/');
  return path.startsWith('/') ? { uri: `file://${uri}` } : { uri, uriBaseId: '%SRCROOT%' };
}
