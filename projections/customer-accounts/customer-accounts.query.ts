/** Whether a customer's panel account is linked. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { newestPage, type Page, type PageWish } from '../../src/platform/database/newest-first.js';
import { rowByKey } from '../../src/platform/database/row-by-key.js';
import { CustomerAccountsEntity } from './customer-accounts.entity.js';
import type { CustomerAccountsRow } from './customer-accounts.projection.js';

export class GetCustomerAccount extends Query<CustomerAccountsRow | undefined> {
  constructor(readonly customerId: string) {
    super();
  }
}

@QueryHandler(GetCustomerAccount)
export class GetCustomerAccountHandler implements IQueryHandler<GetCustomerAccount> {
  constructor(private readonly database: DataSource) {}

  async execute({ customerId }: GetCustomerAccount): Promise<CustomerAccountsRow | undefined> {
    return rowByKey(this.database, CustomerAccountsEntity, customerId);
  }
}

export interface CustomersWish extends PageWish {
  readonly customerId?: string;
  readonly status?: CustomerAccountsRow['status'];
}

/** Customers, the last who signed up first. @throws Refusal CURSOR_INVALID */
export class ListCustomers extends Query<Page<CustomerAccountsRow>> {
  constructor(readonly wish: CustomersWish) {
    super();
  }
}

@QueryHandler(ListCustomers)
export class ListCustomersHandler implements IQueryHandler<ListCustomers> {
  constructor(private readonly database: DataSource) {}

  async execute({ wish }: ListCustomers): Promise<Page<CustomerAccountsRow>> {
    const { customerId, status } = wish;
    return newestPage(
      this.database,
      { entity: CustomerAccountsEntity, by: ['registeredAt', 'customerId'], where: { customerId, status } },
      wish,
    );
  }
}
