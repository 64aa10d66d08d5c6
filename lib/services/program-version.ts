import manifest from '../../package.json' with { type: 'json' };

/** Of the program that runs: an update of Fiberkeep or of Node changes it. */
export const programVersion = `${manifest.version} on Node ${process.version}`;
