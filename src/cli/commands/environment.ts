/** The environment of a command that runs while something is held. */
export const environment = (
  env: Readonly<NodeJS.ProcessEnv>,
  resource: string,
  fence: number,
): NodeJS.ProcessEnv => ({...env, HOLDFAST_RESOURCE: resource, HOLDFAST_FENCE: String(fence)});
