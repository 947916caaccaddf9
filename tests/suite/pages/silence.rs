//! No page sends requests to other sites or writes to the console.

use crate::{pages::site::Site, support::browser::Scripts};

#[tokio::test]
async fn no_page_contacts_other_sites_or_writes_to_the_console() {
    for scripts in [Scripts::On, Scripts::Off] {
        for site in [Site::new().await, Site::empty().await] {
            // `visit` makes the assertions for every page.
            site.visit(scripts, 1280, async |_, _| {}).await;
        }
    }
}
