import type { Tone } from '#app/components/ui/badge.tsx';
import type {
  ClientStatus,
  DeploymentStatus,
  LicensingStatus,
} from '#generated/graphql/client/graphql.ts';

export const licensingTones: Record<LicensingStatus, Tone> = {
  UNKNOWN: 'neutral',
  PENDING: 'warn',
  LICENSED: 'good',
  REFUSED: 'danger',
};

export const deploymentTones: Record<DeploymentStatus, Tone> = {
  PLANNED: 'neutral',
  DEPLOYED: 'accent',
  CERTIFIED: 'good',
  REMOVED: 'danger',
};

export const clientTones: Record<ClientStatus, Tone> = {
  PROSPECT: 'accent',
  PLANNED: 'neutral',
  ACTIVE: 'good',
  SUSPENDED: 'warn',
  CANCELLED: 'danger',
};
