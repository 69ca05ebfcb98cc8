/** Whether Node runs this only to keep what is loaded then (`node --build-snapshot`). */
export function isTakingSnapshot(): boolean {
  return process.execArgv.includes('--build-snapshot');
}

/** What is run by a Node that starts from the snapshot that is being taken, with its own arguments and environment. */
export function startSnapshotWith(program: () => void): void {
  process.getBuiltinModule('node:v8').startupSnapshot.setDeserializeMainFunction(program);
}
