/** What has become of a notification. `superseded`: a newer one about the same commit went in its place. */
export const NOTIFICATION_STATES = ['pending', 'delivered', 'superseded', 'dead'] as const;
export type NotificationState = (typeof NOTIFICATION_STATES)[number];
