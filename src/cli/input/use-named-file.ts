import { type Host, HostError } from '../../host/host.ts';
import { hostErrorText } from '../format/host-error-text.ts';
import { UsageError } from '../usage-error.ts';

/** A file that the call names and that cannot be used: the call is wrong, and nothing was touched. */
export function useNamedFile<T>(host: Pick<Host, 'isRoot'>, use: () => T): T {
  try {
    return use();
  } catch (error) {
    if (error instanceof HostError) throw new UsageError(hostErrorText(error, host));
    throw error;
  }
}
