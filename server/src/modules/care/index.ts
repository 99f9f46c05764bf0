export { treats } from './access.ts';
export { countAllRecords, countRecords } from './count-records.ts';
export { patientProfile } from './get-patient.ts';
export { careNotice } from './mails/care-notice.ts';
export { markRoomOpened, type RoomState, roomStateOf, syncRoomJob } from './room.ts';
export { careRoutes } from './routes.ts';
export { cancelOpenRequests, takeRequestsBack } from './take-requests-back.ts';
