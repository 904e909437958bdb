/** The table behind `customer-accounts`; the engine creates and fills it. Times are ISO-8601 in UTC, which sort as text. */
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { CustomerAccountsRow } from './customer-accounts.projection.js';

@Entity({ schema: 'read', name: 'customer_accounts_v3' })
export class CustomerAccountsEntity implements CustomerAccountsRow {
  @PrimaryColumn({ type: 'text', name: 'customer_id' })
  customerId!: CustomerAccountsRow['customerId'];

  @Column({ type: 'text', name: 'status' })
  status!: CustomerAccountsRow['status'];

  @Column({ type: 'integer', name: 'panel_user_id', nullable: true })
  panelUserId!: CustomerAccountsRow['panelUserId'];

  @Column({ type: 'text', name: 'how', nullable: true })
  how!: CustomerAccountsRow['how'];

  @Column({ type: 'text', name: 'reason', nullable: true })
  reason!: CustomerAccountsRow['reason'];

  @Column({ type: 'text', name: 'registered_at' })
  registeredAt!: CustomerAccountsRow['registeredAt'];
}
